import createMiddleware from 'next-intl/middleware';
import { routing } from './i18n/routing';

/** Serves each page in the visitor's language: the cookie's, else the browser's. */
export default createMiddleware(routing);

export const config = { matcher: '/((?!(?:api|hooks|docs|metrics|_next)(?:/|$)|.*\\..*).*)' };
