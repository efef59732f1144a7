import { brokerContract } from "../../contract/broker.ts";
import { PAPER_SUBJECTS } from "../../contract/subjects.ts";

for (const { name, make } of PAPER_SUBJECTS) brokerContract(name, make);
