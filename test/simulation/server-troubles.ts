import type { FenceServer } from "./fence-server.ts";
import type { World } from "./world.ts";

const MINUTE_MS = 60_000;
const LONGEST_DOWN_MS = 2 * MINUTE_MS;
const LONGEST_FROZEN_MS = 15_000;
/** So far, at most, somebody sets its clock: less than a process is believed for that says it is connected. */
const MOST_OFF_MS = 4 * MINUTE_MS;

/** What goes wrong with the server itself, and with the sessions of processes that live on. */
export function troubleServer(world: World, server: FenceServer): void {
  const { random, plan } = world;
  const next = () =>
    world.after(random.between(1_000, plan.serverCalmMs), () => {
      if (world.isCalm) return;
      if (world.strikes("server", 0.2)) bring(world, server, random.pick(goDown, freeze));
      if (world.strikes("sessions", 0.5)) breakOne(world, server);
      if (world.strikes("server-clock", 0.2) && plan.wrongClocks === "server") {
        setClock(world, server);
      }
      next();
    });
  next();
}

type Troubling = (world: World, server: FenceServer) => void;

function bring(world: World, server: FenceServer, trouble: Troubling): void {
  if (!server.isDown && server.frozenUntilMs <= world.nowMs) trouble(world, server);
}

function goDown(world: World, server: FenceServer): void {
  const downMs = world.random.between(500, LONGEST_DOWN_MS);
  world.note("server", `is down for ${downMs / 1000} s`);
  server.isDown = true;
  for (const session of server.sessions()) {
    server.end(session);
    session.connection.lose(false);
  }
  world.after(downMs, () => {
    server.isDown = false;
  });
}

function freeze(world: World, server: FenceServer): void {
  const frozenMs = world.random.between(500, LONGEST_FROZEN_MS);
  world.note("server", `stands still for ${frozenMs / 1000} s`);
  server.frozenUntilMs = world.nowMs + frozenMs;
}

function breakOne(world: World, server: FenceServer): void {
  const [first, ...rest] = server.sessions();
  if (!first) return;
  const { connection } = world.random.pick(first, ...rest);
  world.note("server", `loses ${connection.owner}`);
  connection.lose(world.random.chance(0.5));
}

function setClock(world: World, server: FenceServer): void {
  server.clockOffsetMs = world.random.between(-MOST_OFF_MS, MOST_OFF_MS);
  world.note("server", `has a clock ${server.clockOffsetMs / 1000} s ahead`);
}
