export { type DecidedBy, type Decision, decide, describeDecision, type Question } from "./decide.ts";
