// A bare script that sends one market order with OANDA's own library: order-oanda.cjs URL ACCOUNT TOKEN
const { Context } = require("@oanda/v20/context");

const [url, account, token] = process.argv.slice(2);
const { hostname, port } = new URL(url);
const context = new Context(hostname, Number(port), false, "peer");
context.setToken(token);
context.order.market(account, { instrument: "EUR_USD", units: 100 }, ({ body }) => {
  console.log(body.orderFillTransaction.id, body.orderFillTransaction.price);
  process.exit(0);
});
