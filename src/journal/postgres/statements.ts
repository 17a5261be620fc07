/** What a journal says to PostgreSQL. Names of schemas are checked before they stand here. */

/** The version of the tables. */
export const version = 1

export const tablesOf = (schema: string) => `
create schema if not exists ${schema};
create table if not exists ${schema}.journal (one boolean primary key default true check (one), version int not null, writer bigint not null);
insert into ${schema}.journal (version, writer) values (${version}, 0) on conflict do nothing;
create table if not exists ${schema}.entries (
  kind int not null, "offset" bigint not null, topic text not null, at bigint not null, compressed boolean not null, bytes bytea not null,
  primary key (kind, "offset"));
create table if not exists ${schema}.records (key bytea primary key, bytes bytea not null);`

/** Makes this process the writer, and names it with a number that no former one had. */
export const claimOf = (schema: string) => `update ${schema}.journal set writer = writer + 1 returning writer, version`

/** One statement, so that it is one transaction and one round trip. Answers no row when another process has become the writer. */
export const commitOf = (schema: string) => `
with mine as (select from ${schema}.journal where writer = $1),
  added as (
    insert into ${schema}.entries (kind, "offset", topic, at, compressed, bytes)
    select added.* from unnest($2::int[], $3::bigint[], $4::text[], $5::bigint[], $6::boolean[], $7::bytea[]) as added, mine
    on conflict do nothing),
  put as (
    insert into ${schema}.records (key, bytes) select put.* from unnest($8::bytea[], $9::bytea[]) as put, mine
    on conflict (key) do update set bytes = excluded.bytes),
  deleted as (delete from ${schema}.records using mine where key = any($10::bytea[])),
  trimmed as (
    delete from ${schema}.entries using unnest($11::int[], $12::bigint[]) as trims (kind, upto), mine
    where entries.kind = trims.kind and entries."offset" <= trims.upto)
select 1 as mine from mine`

export const readOf = (schema: string) => `
select "offset", compressed, bytes from ${schema}.entries where kind = $1 and "offset" > $2 and "offset" <= $3 order by "offset" limit $4`

export const recordsOf = (schema: string) => `select key, bytes from ${schema}.records where key > $1 order by key limit $2`
