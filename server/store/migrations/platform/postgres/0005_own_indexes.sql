-- Each index serves those alone who ask for its own column. A planner that knows nothing yet of a table (new, or emptied and filled
-- again since it was analysed last) takes a directory for one row: to it every index that begins with the directory is as good as
-- the one that names the row. What is listed by age says `version > 0`, which holds of every row.
ALTER TABLE directory_resources DROP CONSTRAINT directory_resources__id,
    ADD CONSTRAINT directory_resources__id PRIMARY KEY (id, organisation, environment, service);
DROP INDEX directory_resources__user_name_folded;
CREATE UNIQUE INDEX directory_resources__user_name_folded
    ON directory_resources (organisation, environment, service, user_name_folded)
    WHERE deleted_at IS NULL AND user_name_folded IS NOT NULL;
DROP INDEX directory_resources__external_id;
CREATE UNIQUE INDEX directory_resources__external_id
    ON directory_resources (organisation, environment, service, kind, external_id)
    WHERE deleted_at IS NULL AND external_id IS NOT NULL;
DROP INDEX directory_resources__group_name;
CREATE UNIQUE INDEX directory_resources__group_name
    ON directory_resources (organisation, environment, service, group_name)
    WHERE deleted_at IS NULL AND group_name IS NOT NULL;
DROP INDEX directory_resources_by_display_name;
CREATE INDEX directory_resources_by_display_name
    ON directory_resources (organisation, environment, service, kind, display_name_folded, created, id)
    WHERE deleted_at IS NULL AND display_name_folded IS NOT NULL;
DROP INDEX directory_resources_by_age;
CREATE INDEX directory_resources_by_age
    ON directory_resources (organisation, environment, service, kind, created, id)
    WHERE deleted_at IS NULL AND version > 0;

ALTER TABLE directory_members DROP CONSTRAINT directory_members__member_id,
    ADD CONSTRAINT directory_members__member_id PRIMARY KEY (group_id, member_id, organisation, environment, service);
DROP INDEX directory_members_by_member;
CREATE INDEX directory_members_by_member ON directory_members (member_id, group_id, organisation, environment, service);
