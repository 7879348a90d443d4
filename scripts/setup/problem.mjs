/** A reason why set-up cannot go on, with what to do about it; shown to the user without a stack trace. */
export class Problem extends Error {
  /**
   * @param {string} message What is wrong.
   * @param {string} nextStep What the user can do now.
   */
  constructor(message, nextStep) {
    super(message);
    this.nextStep = nextStep;
  }
}
