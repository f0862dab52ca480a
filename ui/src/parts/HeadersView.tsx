import { Text } from '@mantine/core';
import { useT } from '../i18n';

/** Header lines as they went over the wire. */
export function HeadersView({ headers, title }: { headers: string[][]; title: string }) {
  const t = useT();
  if (headers.length === 0) {
    return (
      <Text size="xs" c="dimmed">
        {t('json.no_headers')}
      </Text>
    );
  }
  return (
    <table className="headers" aria-label={title} dir="ltr">
      <tbody>
        {headers.map(([name, value], index) => (
          <tr key={index}>
            <th scope="row">{String(name)}</th>
            <td>{String(value)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
