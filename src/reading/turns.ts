/** What waits, by whom it is for: each of them has a turn before any of them has another. */
export interface Turns<Task> {
  add(whose: string, task: Task): void;
  next(): Task | undefined;
}

export function createTurns<Task>(): Turns<Task> {
  const waiting = new Map<string, Task[]>();
  return {
    add(whose, task) {
      const tasks = waiting.get(whose);
      if (tasks === undefined) waiting.set(whose, [task]);
      else tasks.push(task);
    },
    next() {
      const [first] = waiting;
      if (first === undefined) return undefined;
      const [whose, tasks] = first;
      const task = tasks.shift();
      // Who has more to do goes to the end of the line.
      waiting.delete(whose);
      if (tasks.length > 0) waiting.set(whose, tasks);
      return task;
    },
  };
}
