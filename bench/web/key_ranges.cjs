// Preloaded into Azurite: its tables read ranges of keys, as Azure's do, and all it has is kept in memory.
// Azurite itself looks at every row of a table for each query, and at every `head` for each point read: among 50,000
// reviews that takes longer than everything else, and says nothing of Azure. What a query means stays Azurite's.
"use strict";
const fs = require("fs");
const path = require("path");

const program = process.argv[1] && fs.realpathSync(process.argv[1]);
if (program && path.basename(program) === "azurite.js") {
  const location = process.argv.indexOf("--location");
  if (location > 0) process.argv.splice(location, 2, "--inMemoryPersistence");
  const load = (name) => require(path.join(path.dirname(program), "table/persistence", name)).default;
  readRanges(load("LokiTableMetadataStore").prototype, load("LokiTableStoreQueryGenerator"));
}

function readRanges(store, generator) {
  const collectionOf = store.getEntityCollection;
  store.getEntityCollection = function (...names) {
    const collection = collectionOf.apply(this, names);
    if (!collection.partitions) keepSorted(collection);
    return collection;
  };
  const query = store.queryTableEntities;
  store.queryTableEntities = async function (context, account, table, options, nextPartition, nextRow) {
    const filter = options.filter || "";
    const text = (name) => {
      const found = new RegExp(`${name} '((?:[^']|'')*)'`).exec(filter);
      return found && found[1].replaceAll("''", "'");
    };
    const wanted = text("PartitionKey eq");
    if (wanted === null || / or |\bnot\b/.test(filter)) {
      return query.call(this, context, account, table, options, nextPartition, nextRow);
    }
    const rows = this.getEntityCollection(account, table, context).partitions.get(wanted) || [];
    const passes = generator.generateQueryForPersistenceLayer(options, context);
    const [first, last] = [text("RowKey (?:gt|ge)"), text("RowKey (?:lt|le)")];
    const next = this.decodeContinuationHeader(nextRow);
    const most = this.getMaxResultsOption(options);
    const found = [];
    let at = placeOf(rows, next || first || "");
    for (; at < rows.length && found.length <= most && !(last && rows[at].RowKey > last); at++) {
      if (passes(rows[at])) found.push(rows[at]);
    }
    const response = this.adjustQueryResultforTop(found, most);
    return [found, response.nextPartitionKeyResponse, response.nextRowKeyResponse];
  };
}

// Keep, beside a collection, each partition's rows in the order of their keys.
function keepSorted(collection) {
  const partitions = (collection.partitions = new Map());
  const find = (row) => {
    const rows = partitions.get(row.PartitionKey) || [];
    const at = placeOf(rows, row.RowKey);
    return { rows, at, row: at < rows.length && rows[at].RowKey === row.RowKey ? rows[at] : null };
  };
  const put = (row) => {
    if (!partitions.has(row.PartitionKey)) partitions.set(row.PartitionKey, []);
    const { rows, at, row: there } = find(row);
    rows.splice(at, there ? 1 : 0, row);
  };
  collection.data.forEach(put);
  const { insert, remove, update, findOne } = collection;
  collection.insert = (row) => [insert.call(collection, row)].map((done) => (put(row), done))[0];
  collection.update = (row) => [update.call(collection, row)].map((done) => (put(row), done))[0];
  collection.remove = (row) => {
    const { rows, at, row: there } = find(row);
    if (there) rows.splice(at, 1);
    return remove.call(collection, row);
  };
  const byKeys = (asked) => Object.keys(asked).every((name) => ["PartitionKey", "RowKey"].includes(name));
  collection.findOne = (asked) => (byKeys(asked) ? find(asked).row : findOne.call(collection, asked));
}

function placeOf(rows, key) {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows[middle].RowKey < (key || "")) low = middle + 1;
    else high = middle;
  }
  return low;
}
