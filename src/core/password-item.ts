/** The name under which a credential store has the password for a history's server; no connection can have it. */
export function passwordItem(server: string): string {
  return `history ${server}`;
}
