export interface ConsolePicture {
  readonly file: string;
  readonly scene: 'order' | 'lost' | 'vendors';
  readonly dark?: boolean;
  readonly phone?: boolean;
  /** English where it is absent. */
  readonly language?: 'ar' | 'zh';
}

/** Where the pictures of the console are, from the root of the project. */
export const PICTURES_FOLDER = 'docs/pictures';

export const CONSOLE_PICTURES: readonly ConsolePicture[] = [
  { file: 'console-light.png', scene: 'order' },
  { file: 'console-dark.png', scene: 'order', dark: true },
  { file: 'console-arabic.png', scene: 'order', language: 'ar' },
  { file: 'lost-answer-light.png', scene: 'lost' },
  { file: 'lost-answer-dark.png', scene: 'lost', dark: true },
  { file: 'phone-light.png', scene: 'vendors', phone: true },
];

/** Every picture that `npm run pictures` draws, from the root of the project. */
export const PICTURES: readonly string[] = [
  ...CONSOLE_PICTURES.map(({ file }) => `${PICTURES_FOLDER}/${file}`),
  'docs/inspector.png',
];
