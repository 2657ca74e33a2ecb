/**
 * Runs a task that reports its progress. What `onProgress` throws is what the promise rejects with, wherever in the
 * task it was called; the task is to stop then, as it is thrown there, too.
 */
export function reporting<Step, Result>(
  onProgress: ((step: Step) => void) | undefined,
  task: (report: (step: Step) => void) => Promise<Result>,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    const report = (step: Step) => {
      try {
        onProgress?.(step);
      } catch (error) {
        reject(error);
        throw error;
      }
    };
    task(report).then(resolve, reject);
  });
}
