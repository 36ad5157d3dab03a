module.exports = {}; // Azurite requires it, and uses it only without --disableTelemetry
