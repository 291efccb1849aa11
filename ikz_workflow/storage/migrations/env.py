"""Run the migrations on the connection that the caller opened."""

from alembic import context

from ikz_workflow.storage.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
context.run_migrations()
