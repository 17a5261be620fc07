/** The schema of one event: its type and its fields. */
import { z } from 'zod'

export const event = <T extends string, S extends z.ZodRawShape>(type: T, shape: S) =>
  z.object({ type: z.literal(type), ...shape })
