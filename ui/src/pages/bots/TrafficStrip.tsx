import { Stack, Text } from '@mantine/core';
import type { Schemas } from '../../api/client';
import { useT } from '../../i18n';
import { useFormats } from '../../i18n/format';
import classes from './traffic.module.css';

/** What was said today in words, and the last days as bars. */
export function TrafficStrip({ days }: { days: Schemas['DayView'][] }) {
  const t = useT();
  const formats = useFormats();
  const highest = Math.max(...days.map(({ received, sent }) => received + sent), 1);
  const today = days[days.length - 1];
  const said = ({ received, sent }: Schemas['DayView']) => ({
    received: formats.number(received),
    sent: formats.number(sent),
  });
  return (
    <Stack gap={6}>
      <Text size="sm">{today && t('bots.today', said(today))}</Text>
      <div className={classes['strip']} aria-hidden>
        {days.map((day) => (
          <div
            key={day.day}
            className={classes['day']}
            title={`${formats.day(`${day.day}T00:00:00`)}: ${t('bots.said', said(day))}`}
          >
            <div style={{ height: `${((day.received + day.sent) / highest) * 100}%` }} />
          </div>
        ))}
      </div>
    </Stack>
  );
}
