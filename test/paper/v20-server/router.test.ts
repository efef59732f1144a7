import { describe, expect, it } from "vitest";
import { Refusal } from "../../../src/paper/v20-server/errors.ts";
import { createRouter } from "../../../src/paper/v20-server/router.ts";

const route = createRouter([
  { method: "GET", path: "/v3/a/{id}/orders", handler: "list" },
  { method: "POST", path: "/v3/a/{id}/orders", handler: "create" },
  { method: "GET", path: "/v3/a/{id}/log/since", handler: "since" },
  { method: "GET", path: "/v3/a/{id}/log/{entry}", handler: "entry" },
]);

function refusalOf(method: string, path: string): Refusal {
  try {
    route(method, path.split("/"));
  } catch (error) {
    if (error instanceof Refusal) return error;
  }
  throw new Error("it was routed");
}

describe("the router", () => {
  it.each([
    ["GET", "v3/a/7/orders", "list"],
    ["POST", "v3/a/7/orders", "create"],
    ["GET", "v3/a/7/log/since", "since"],
    ["GET", "v3/a/7/log/12", "entry"],
  ])("answers %s %s by its own handler", (method, path, handler) => {
    const match = route(method, path.split("/"));
    expect(match.handler).toBe(handler);
    expect(match.parameters.get("id")).toBe("7");
  });

  it("answers 404 for a path it doesn't know", () => {
    expect(refusalOf("GET", "v3/a/7/nothing").status).toBe(404);
    expect(refusalOf("GET", "v3").status).toBe(404);
  });

  it("answers 405 for another method and names the legal ones", () => {
    const refusal = refusalOf("DELETE", "v3/a/7/orders");
    expect(refusal.status).toBe(405);
    expect(refusal.headers.Allow).toBe("GET, POST");
    expect(refusalOf("PUT", "v3/a/7/log/since").headers.Allow).toBe("GET");
  });
});
