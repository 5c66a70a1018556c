"""The field's second contract for node classes (schemas, ``io.ComfyNode``), and its classes as Nodes."""
