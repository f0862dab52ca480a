import { useState } from 'react';

const STORED_AS = 'recado.sound';

/** Whether a new message is heard: off until somebody switches it on, remembered in this browser. */
export function useSound(): [on: boolean, set: (on: boolean) => void] {
  const [on, setOn] = useState(() => localStorage.getItem(STORED_AS) === 'on');
  return [
    on,
    (next) => {
      localStorage.setItem(STORED_AS, next ? 'on' : 'off');
      setOn(next);
      if (next) ring();
    },
  ];
}

let context: AudioContext | undefined;

/** Two short soft tones. */
export function ring() {
  try {
    context ??= new AudioContext();
    void context.resume();
    const start = context.currentTime;
    for (const [index, frequency] of [660, 880].entries()) {
      const tone = context.createOscillator();
      const volume = context.createGain();
      const at = start + index * 0.12;
      tone.frequency.value = frequency;
      volume.gain.setValueAtTime(0.0001, at);
      volume.gain.exponentialRampToValueAtTime(0.08, at + 0.02);
      volume.gain.exponentialRampToValueAtTime(0.0001, at + 0.25);
      tone.connect(volume).connect(context.destination);
      tone.start(at);
      tone.stop(at + 0.3);
    }
  } catch {
    // No sound on this machine; the title still tells.
  }
}
