/** RFC 3339 with as many decimals as it needs: the client always writes milliseconds. */
export const withoutZeros = (time: string): string => time.replace(/(?:\.0+|(\.\d*[1-9])0+)Z$/, '$1Z');
