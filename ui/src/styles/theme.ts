import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from '@mantine/core';

const recado: MantineColorsTuple = [
  '#f0f1ff',
  '#dfe2fb',
  '#bcc2f5',
  '#a3acf4',
  '#8d98f2',
  '#5f6be2',
  '#4350d6',
  '#3843bd',
  '#2f39a5',
  '#242d86',
];

/** The header of a dialog is no banner of the page. */
const dialog = { overlayProps: { backgroundOpacity: 0.4 }, attributes: { header: { role: 'presentation' } } };

const dark: MantineColorsTuple = [
  '#d8dbe2',
  '#b4b9c4',
  '#8f96a3',
  '#636975',
  '#3d424d',
  '#2f333c',
  '#23262d',
  '#17181c',
  '#131418',
  '#101114',
];

export const theme = createTheme({
  primaryColor: 'recado',
  primaryShade: { light: 6, dark: 6 },
  colors: { recado, dark },
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  fontFamily: "Inter, system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif",
  fontFamilyMonospace: "ui-monospace, SFMono-Regular, Menlo, Consolas, 'Liberation Mono', monospace",
  headings: { fontWeight: '600', sizes: { h1: { fontSize: '1.375rem', lineHeight: '1.3' }, h2: { fontSize: '1rem' } } },
  // Plain objects: `Modal.extend` would bring every component to the page where one signs in.
  components: {
    Button: { defaultProps: { size: 'sm' } },
    Badge: { defaultProps: { tt: 'none', fw: 500, radius: 'sm' } },
    Menu: { defaultProps: { withInitialFocusPlaceholder: false } },
    Modal: { defaultProps: { centered: true, ...dialog } },
    Drawer: { defaultProps: { position: 'right', ...dialog } },
    Tooltip: { defaultProps: { withArrow: true, openDelay: 300 } },
  },
});

/** Greys, errors and links dark enough (or light enough) to be read: WCAG AA. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': '#5b6270',
    '--mantine-color-placeholder': '#6b7280',
    '--mantine-color-error': '#c02626',
    '--mantine-color-body': '#ffffff',
    '--recado-canvas': '#f7f8fa',
    '--recado-line': '#e4e6eb',
    '--recado-good': '#1a7f47',
    '--recado-bad': '#c02626',
    '--recado-wait': '#9a5b00',
    '--recado-idle': '#5b6270',
    '--recado-json-key': '#3843bd',
    '--recado-json-text': '#17713f',
    '--recado-json-number': '#9a4a00',
  },
  dark: {
    '--mantine-color-dimmed': '#a2a7b4',
    '--mantine-color-placeholder': '#9097a5',
    '--mantine-color-error': '#ff9090',
    '--mantine-color-body': '#17181c',
    '--mantine-color-default': '#1e2025',
    '--mantine-color-default-hover': '#272a31',
    '--mantine-color-default-border': '#363a44',
    '--mantine-color-anchor': '#a3acf4',
    '--mantine-color-recado-light': 'rgba(110, 122, 235, 0.2)',
    '--mantine-color-recado-light-hover': 'rgba(110, 122, 235, 0.28)',
    '--mantine-color-recado-light-color': '#c9cef8',
    '--recado-canvas': '#101114',
    '--recado-line': '#2b2e36',
    '--recado-good': '#5bd394',
    '--recado-bad': '#ff9090',
    '--recado-wait': '#f0b557',
    '--recado-idle': '#a2a7b4',
    '--recado-json-key': '#a3acf4',
    '--recado-json-text': '#76d7a0',
    '--recado-json-number': '#f0b557',
  },
});
