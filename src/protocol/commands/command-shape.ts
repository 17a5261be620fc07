/** The schema of one command: its type and its fields. */
import { z } from 'zod'

export const command = <T extends string, S extends z.ZodRawShape>(type: T, shape: S) =>
  z.object({ type: z.literal(type), ...shape })
