export const PASSWORD_CHARS_MIN = 10;
