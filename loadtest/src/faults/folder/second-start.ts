import { type Checked, type Room, refusal } from "./room.ts";

export async function takenFolder({ data, start }: Room): Promise<Checked> {
  await using first = await start(data);
  const violations = await refusal(start(data), /another Guildhall runs on the data folder/);
  const answer = await fetch(`${first.api}/readyz`);
  return {
    acknowledged: 0,
    violations: answer.ok ? violations : [...violations, "the first does not answer any more"],
  };
}

export async function takenPort({ data, start }: Room, name: "GATEWAY_PORT" | "API_PORT"): Promise<Checked> {
  await using first = await start(data);
  const { port } = new URL(name === "API_PORT" ? first.api : first.url);
  return {
    acknowledged: 0,
    violations: await refusal(start(`${data}-other`, { [name]: port }), new RegExp(`\\b${port}\\b.*(taken|in use)`)),
  };
}
