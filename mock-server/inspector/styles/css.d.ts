/** The bundler takes a stylesheet from the script that imports it. */
declare module '*.css';
