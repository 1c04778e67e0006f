import type { LocalImageService } from 'astro';
import sharp from 'astro/assets/services/sharp';

/**
 * Writes pictures as AVIF. A screenshot then is half as large as in the usual format, so that a page with one stays within the
 * 100 kB that a page may send.
 */
const pictures: LocalImageService = {
  ...sharp,
  async validateOptions(options, config, command) {
    const checked = (await sharp.validateOptions?.(options, config, command)) ?? options;
    return checked.format === 'svg' ? checked : { ...checked, format: 'avif', quality: 40 };
  },
};

export default pictures;
