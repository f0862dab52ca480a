import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient, type QueryKey } from '@tanstack/react-query';
import { tellProblem } from '../api/problem';
import { useT } from '../i18n';

interface Act<Input, Output> {
  run: (input: Input) => Promise<Output>;
  /** What is said when it is done; left out where the page shows it by itself. */
  done?: string | undefined;
  /** Queries that no longer tell the truth. */
  refresh?: readonly QueryKey[];
  then?: (output: Output, input: Input) => void;
  /** The caller shows the error itself, at a form for instance. */
  quietError?: boolean;
}

/** Something that changes the server: says that it is done, or why it is not. */
export function useAct<Input = void, Output = unknown>({
  run,
  done,
  refresh = [],
  then,
  quietError,
}: Act<Input, Output>) {
  const t = useT();
  const queries = useQueryClient();
  const closeButtonProps = { 'aria-label': t('do.close') };
  return useMutation<Output, Error, Input>({
    mutationFn: run,
    onSuccess: (output, input) => {
      for (const queryKey of refresh) void queries.invalidateQueries({ queryKey });
      if (done) notifications.show({ message: done, color: 'teal', autoClose: 3_000, closeButtonProps });
      then?.(output, input);
    },
    onError: (error) => {
      if (quietError) return;
      const { title, detail } = tellProblem(error, t);
      notifications.show({ title, message: detail, color: 'red', autoClose: 10_000, closeButtonProps });
    },
  });
}
