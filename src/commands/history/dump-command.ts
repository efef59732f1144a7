/** What copies the history on a server, with the server's own tools. */
export function dumpCommand(url: string): string {
  return `pg_dump -n tmt_broker -f FILE '${url.replaceAll("'", "'\\''")}'`;
}
