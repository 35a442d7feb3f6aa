import { accountsContract } from "./accounts.contract.ts";
import { startBench } from "./bench.ts";

accountsContract(startBench);
