// Static files, as the other fixtures have.
export default { output: 'export' };
