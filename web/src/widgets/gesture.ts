/** Names of gestures: changes under one name are one step of undo, so every drag and every stay in a field has its own. */
let count = 0;

export function newGesture(kind: string, node: string, name: string): string {
  count += 1;
  return `${kind} ${node} ${name} ${count}`;
}
