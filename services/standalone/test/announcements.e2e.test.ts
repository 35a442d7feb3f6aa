import { announcementsContract } from "./announcements.contract.ts";
import { startBench } from "./bench.ts";

announcementsContract(startBench);
