/** What is sent to a URL. */
export type Asked = {
  readonly url: string;
  readonly method: string;
  /** By their names in lower case. */
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body: string;
};

/** Statuses after which the same is sent again; after the others only the answer is fetched, with GET. */
const SENT_AGAIN = [307, 308];
const REDIRECTS = [301, 302, 303, ...SENT_AGAIN];

/** What only the machine that they were meant for may read. */
const CREDENTIALS = ["authorization", "cookie", "cookie2", "www-authenticate"];

/**
 * What to ask next, as Go's client decides it: undefined where an answer leads nowhere else.
 *
 * @throws TypeError when `location` is no URL.
 * @see RFC 9110 section 15.4
 */
export function redirected(asked: Asked, status: number, location: string | undefined): Asked | undefined {
  if (!REDIRECTS.includes(status) || location === undefined) return undefined;
  const target = new URL(location, asked.url);
  const again = SENT_AGAIN.includes(status) || asked.method === "HEAD";
  const foreign = target.hostname !== new URL(asked.url).hostname;
  const dropped = [...(URL.canParse(location) ? ["host"] : []), ...(foreign ? CREDENTIALS : [])];
  return {
    url: target.href,
    method: again ? asked.method : "GET",
    headers: Object.fromEntries(Object.entries(asked.headers).filter(([name]) => !dropped.includes(name))),
    body: again ? asked.body : "",
  };
}
