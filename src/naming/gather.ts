/** How long an answer waits for others that are on their way. */
export const GRACE_MS = 250;

/** What came of several questions. */
export interface Gathered<T> {
  /** In the order of the questions. */
  readonly found: readonly T[];
  /** Of the first that failed. */
  readonly failure: unknown;
}

/**
 * Waits until all have ended; or for a moment only once one has brought something, since a name server that
 * answers one question may keep silent to another.
 */
export function gather<T>(questions: readonly Promise<readonly T[]>[]): Promise<Gathered<T>> {
  return new Promise((resolve) => {
    const answers: (readonly T[])[] = questions.map(() => []);
    const failures: unknown[] = [];
    let open = questions.length;
    let grace: NodeJS.Timeout | undefined;
    const finish = (): void => {
      clearTimeout(grace);
      resolve({ found: answers.flat(), failure: failures.find((one) => one !== undefined) });
    };
    const ended = (): void => {
      if (--open === 0) finish();
    };
    if (questions.length === 0) finish();
    for (const [at, question] of questions.entries()) {
      question.then(
        (answer) => {
          answers[at] = answer;
          if (answer.length > 0) grace ??= setTimeout(finish, GRACE_MS);
          ended();
        },
        (error: unknown) => {
          failures[at] = error;
          ended();
        },
      );
    }
  });
}
