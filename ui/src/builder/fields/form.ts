import { createContext, use } from 'react';
import { useEditorState } from '../editor';
import { useWords } from '../i18n';
import type { Element } from '../model/document';
import { problemAt, tellMistake, type Problem } from '../model/problems';

const NO_PROBLEMS: readonly Problem[] = [];

/** The element whose form is shown. */
export const FormElement = createContext<string>('');

/** What a field of the form needs to show its problem and to be jumped to. */
export interface FieldMarks {
  error: string | undefined;
  'data-field': string;
  'data-severity': 'error' | 'warning' | undefined;
}

export function useField(path: string): FieldMarks {
  const words = useWords();
  const id = use(FormElement);
  const problems = useEditorState((state) => state.problemsBy.get(id) ?? NO_PROBLEMS);
  const problem = problemAt(problems, path);
  const error = problem === null ? undefined : tellMistake(problem, words.mistakes);
  return { error, 'data-field': path, 'data-severity': problem?.severity };
}

/** Changes an element of one type. Changes with the same key that follow fast are one step of undo. */
export type Change<Of extends Element> = (change: (element: Of) => Of, key?: string) => void;

export interface FormProps<Of extends Element> {
  element: Of;
  change: Change<Of>;
}
