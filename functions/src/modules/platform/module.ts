import { defineModule } from '../../kernel/define.ts';
import { health } from './health.ts';
import { openApi, reference, referenceFile } from './reference.ts';
import { stream } from './stream.ts';

export const platform = defineModule({
  name: 'platform',
  endpoints: [health, openApi, reference, referenceFile, stream],
});
