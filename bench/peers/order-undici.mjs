// A bare script that sends one market order with undici: order-undici.mjs URL ACCOUNT TOKEN
import { request } from "undici";

const [url, account, token] = process.argv.slice(2);
const order = {
  type: "MARKET",
  instrument: "EUR_USD",
  units: "100",
  timeInForce: "FOK",
  positionFill: "DEFAULT",
};
const response = await request(`${url}/v3/accounts/${account}/orders`, {
  method: "POST",
  headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
  body: JSON.stringify({ order }),
});
const { orderFillTransaction } = await response.body.json();
console.log(orderFillTransaction.id, orderFillTransaction.price);
process.exit(0);
