/** Waiting tasks, by their askers. Every asker has a turn before any asker has another. */
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
      // An asker with more tasks goes to the end of the line.
      waiting.delete(whose);
      if (tasks.length > 0) waiting.set(whose, tasks);
      return task;
    },
  };
}
