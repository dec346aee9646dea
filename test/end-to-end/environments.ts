/** Surroundings that must make no difference: zones, languages, and what else a process finds. */

const HERE = { LC_ALL: undefined, LANG: undefined, LC_TIME: undefined, LC_COLLATE: undefined };

/** The founder's is as far from the others as can be. */
export const ENVIRONMENTS: readonly NodeJS.ProcessEnv[] = [
  { ...HERE, TZ: 'Pacific/Chatham', LANG: 'tr_TR.UTF-8', LC_ALL: 'ar_EG.UTF-8' },
  {
    ...HERE,
    TZ: 'America/St_Johns',
    LANG: 'de_DE.ISO-8859-1',
    LC_COLLATE: 'sv_SE',
    LC_TIME: 'fa_IR',
  },
  { ...HERE, TZ: ':/nowhere', LC_ALL: 'C', NODE_ICU_DATA: '/nowhere', FORCE_COLOR: '3' },
  { ...HERE, TZ: 'Asia/Kathmandu', LC_ALL: 'th_TH.UTF-8', LANG: 'az_AZ' },
];
