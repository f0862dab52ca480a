import { Avatar, Group, Stack, Text } from '@mantine/core';

const isWebUrl = (url: string | null | undefined): url is string => /^https?:\/\//i.test(url ?? '');

/** The first letters of a name, by whole characters. */
export function initials(name: string): string {
  const words = name
    .trim()
    .split(/\s+/)
    .filter((word) => /^[\p{L}\p{N}]/u.test(word));
  return words
    .slice(0, 2)
    .map((word) => [...word][0]?.toUpperCase() ?? '')
    .join('');
}

export function Face({ name, photo, size = 32 }: { name: string; photo?: string | null | undefined; size?: number }) {
  return (
    <Avatar
      src={isWebUrl(photo) ? photo : null}
      size={size}
      radius="xl"
      alt=""
      aria-hidden
      imageProps={{ referrerPolicy: 'no-referrer' }}
      variant="default"
    >
      {initials(name) || undefined}
    </Avatar>
  );
}

/** A person in a row: face, name, and a second line. */
export function Person(props: {
  name: string;
  photo?: string | null | undefined;
  second?: React.ReactNode;
  size?: number;
}) {
  return (
    <Group gap="sm" wrap="nowrap" miw={0}>
      <Face name={props.name} photo={props.photo} {...(props.size ? { size: props.size } : {})} />
      <Stack gap={0} miw={0}>
        <Text size="sm" fw={500} className="name" component="bdi" title={props.name.slice(0, 300)}>
          {props.name}
        </Text>
        {props.second && (
          <Text size="xs" c="dimmed" className="name" component="div">
            {props.second}
          </Text>
        )}
      </Stack>
    </Group>
  );
}
