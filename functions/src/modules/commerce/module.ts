import { defineModule } from '../../kernel/define.ts';
import { products } from './products.collection.ts';

export const commerce = defineModule({ name: 'commerce', collections: [products] });
