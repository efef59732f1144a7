import { brokerContract } from "../../contract/broker.ts";
import { OANDA_SUBJECTS } from "../../contract/subjects.ts";

for (const { name, make } of OANDA_SUBJECTS) brokerContract(name, make);
