import { startBench } from "./bench.ts";
import { eventsContract } from "./events.contract.ts";

eventsContract(startBench);
