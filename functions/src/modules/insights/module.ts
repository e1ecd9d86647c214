import { defineModule } from '../../kernel/define.ts';
import { latest } from './latest.ts';

export const insights = defineModule({ name: 'insights', endpoints: [latest] });
