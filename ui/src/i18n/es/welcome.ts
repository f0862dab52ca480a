import type { welcome as english } from '../en/welcome';

type Words = Record<keyof typeof english, string>;

export const welcome = {
  'welcome.sign_in': 'Iniciar sesión',
  'welcome.sign_in_text': 'Tus bots, sus chats y cada webhook que enviaron.',
  'welcome.email': 'Correo electrónico',
  'welcome.password': 'Contraseña',
  'welcome.password_text': 'Al menos {count} caracteres. Una frase es fácil de recordar.',
  'welcome.show_password': 'Mostrar u ocultar la contraseña',
  'welcome.setup': 'Te damos la bienvenida',
  'welcome.code': 'Código',
  'welcome.code_text': 'El servidor lo escribió en su registro al arrancar: demuestra que el servidor es tuyo.',
  'welcome.setup_text': 'Esta instalación es nueva. Crea su propietario: tú.',
  'welcome.account_name': 'Cuenta',
  'welcome.account_name_text': 'Tu empresa o proyecto, por ejemplo.',
  'welcome.your_name': 'Tu nombre',
  'welcome.create': 'Crear el propietario',
} satisfies Words;
