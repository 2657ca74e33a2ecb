/** Static files, to be served like the other fixtures' ones. */
export default { output: 'export' };
