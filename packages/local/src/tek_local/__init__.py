"""What the programs of Tek on one machine share: folders, the runtime file, safe file writes."""
