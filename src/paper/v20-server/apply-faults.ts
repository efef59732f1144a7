import { type Exchange, send, sendReply } from "./exchange.ts";

/** Faults that hit before anything is done: the account stays as it was. */
export const FAULTS_BEFORE = ["http-500", "http-429", "http-html-502", "reset", "stall"] as const;
/** Faults that hit the answer: whatever was asked for has been done. */
export const FAULTS_AFTER = ["lost-response", "malformed"] as const;

type FaultBefore = (typeof FAULTS_BEFORE)[number];

const GATEWAY_PAGE = `<html>
<head><title>502 Bad Gateway</title></head>
<body><center><h1>502 Bad Gateway</h1></center><hr><center>practice server</center></body>
</html>
`;

/** Makes the exchange end in the fault instead of in an answer. */
export function failExchange(exchange: Exchange, kind: FaultBefore): void {
  switch (kind) {
    case "http-500":
      sendReply(exchange, { status: 500, body: { errorMessage: "Internal server error" } });
      return;
    case "http-429":
      sendReply(exchange, {
        status: 429,
        body: { errorMessage: "Too many requests" },
        headers: { "Retry-After": "1" },
      });
      return;
    case "http-html-502":
      send(exchange, { status: 502, contentType: "text/html", text: GATEWAY_PAGE });
      return;
    case "reset":
      exchange.request.socket.resetAndDestroy();
      return;
    case "stall":
      // The connection stays open without a word, until the client gives up or the server closes.
      return;
  }
}
