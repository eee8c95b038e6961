"""The operator's pages, at the root of the site, without a namespace: names read `connection-detail`."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from integrations.views import (
    accounts,
    agenda,
    ask,
    backfill,
    connections,
    consent,
    dashboard,
    deliveries,
    editor,
    explorer,
    going_live,
    health,
    hook_settings,
    hooks,
    runs,
    sandbox,
    simulated,
    times,
    welcome,
    workflows,
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("", dashboard.dashboard, name="dashboard"),
    path("welcome/", welcome.welcome, name="welcome"),
    path("readyz", health.readyz, name="readyz"),
    # connections
    path("connections/", connections.connection_list, name="connection-list"),
    path("connections/add/", connections.connection_apps, name="connection-apps"),
    path(
        "connections/add/<slug:connector>/<slug:auth>/<slug:environment>",
        connections.connection_add,
        name="connection-add",
    ),
    path("connections/<int:pk>/", connections.connection_detail, name="connection-detail"),
    path("connections/<int:pk>/verify/", connections.connection_verify, name="connection-verify"),
    path("connections/<int:pk>/keys/", connections.connection_keys, name="connection-keys"),
    path("connections/<int:pk>/renew/", connections.connection_renew, name="connection-renew"),
    path("connections/<int:pk>/renew-key/", connections.connection_renew_key, name="connection-renew-key"),
    path("connections/<int:pk>/settings/", connections.connection_settings, name="connection-settings"),
    path("connections/<int:pk>/light/", hook_settings.connection_light, name="connection-light"),
    path(
        "connections/<int:pk>/hook/secret/",
        hook_settings.connection_hook_secret,
        name="connection-hook-secret",
    ),
    path("connections/<int:pk>/hook/move/", hook_settings.connection_hook_move, name="connection-hook-move"),
    path(
        "connections/<int:pk>/hook/register/",
        hook_settings.connection_hook_register,
        name="connection-hook-register",
    ),
    path("connections/<int:pk>/hook/test/", hook_settings.connection_hook_test, name="connection-hook-test"),
    path("connections/<int:pk>/disconnect/", connections.connection_disconnect, name="connection-disconnect"),
    path("connections/<int:pk>/twin/", connections.connection_twin, name="connection-twin"),
    path("connections/<int:pk>/accounts/", accounts.account_list, name="account-list"),
    path("connections/<int:pk>/accounts/state/", accounts.account_state, name="account-state"),
    path("connections/<int:pk>/accounts/choose/", accounts.account_choose, name="account-choose"),
    path("connections/<int:pk>/accounts/cancel/", accounts.account_cancel, name="account-cancel"),
    path("connections/<int:pk>/accounts/look/", accounts.account_look, name="account-look"),
    path("connections/<int:pk>/accounts/here/", accounts.account_here, name="account-here"),
    path("connect/<slug:connector>/start/<int:pk>", consent.consent_start, name="consent-start"),
    path("connect/<slug:connector>/callback", consent.consent_callback, name="consent-callback"),
    # what apps tell us: at one address for all accounts, or at one of a connection's own
    path("hooks/sandbox/<slug:connector>/<slug:key>", hooks.own_sandbox_hook, name="hook-own-sandbox"),
    path("hooks/sandbox/<slug:connector>/", hooks.sandbox_hook, name="hook-sandbox"),
    path("hooks/<slug:connector>/", hooks.hook, name="hook"),
    path("hooks/<slug:connector>/<slug:key>", hooks.own_hook, name="hook-own"),
    # what is asked of workflows
    path("ask/<str:key>/", ask.ask, name="ask"),
    path("times/booked/<str:receipt>/", times.booked, name="times-booked"),
    path("times/booked/<str:receipt>/appointment.ics", times.invitation, name="times-invitation"),
    path("times/<str:link>/", times.times, name="times"),
    # the team's calendars in one view; `feed` is the way in of calendar programs
    path("agenda/", agenda.agenda, name="agenda"),
    path("agenda/address/", agenda.agenda_address, name="agenda-address"),
    path("agenda/<str:key>.ics", agenda.feed, name="agenda-feed"),
    # workflows
    path("workflows/", workflows.workflow_list, name="workflow-list"),
    path("workflows/recipes/", workflows.recipe_list, name="recipe-list"),
    path("workflows/new/<str:key>/", workflows.workflow_new, name="workflow-new"),
    path("workflows/<int:pk>/", workflows.workflow_detail, name="workflow-detail"),
    path("workflows/<int:pk>/settings/", workflows.workflow_settings, name="workflow-settings"),
    path("workflows/<int:pk>/steps/<str:step>/", editor.workflow_step, name="workflow-step"),
    path("workflows/<int:pk>/steps/<str:step>/save/", editor.workflow_step_save, name="workflow-step-save"),
    path(
        "workflows/<int:pk>/steps/<str:step>/shape/", editor.workflow_step_shape, name="workflow-step-shape"
    ),
    path("workflows/<int:pk>/steps/<str:step>/preview/", editor.mapping_preview, name="mapping-preview"),
    path(
        "workflows/<int:pk>/steps/<str:step>/convert/",
        editor.workflow_step_convert,
        name="workflow-step-convert",
    ),
    path("workflows/<int:pk>/test/", going_live.workflow_test, name="workflow-test"),
    path("workflows/<int:pk>/test/<int:run>/", going_live.workflow_test_run, name="workflow-test-run"),
    path(
        "workflows/<int:pk>/test/<int:run>/state/", going_live.workflow_test_state, name="workflow-test-state"
    ),
    path("workflows/<int:pk>/test/<int:run>/here/", going_live.workflow_test_here, name="workflow-test-here"),
    path("workflows/<int:pk>/dry-run/", going_live.workflow_dry_run, name="workflow-dry-run"),
    path("workflows/<int:pk>/deploy/", going_live.workflow_deploy, name="workflow-deploy"),
    path("workflows/<int:pk>/pause/", going_live.workflow_pause, name="workflow-pause"),
    path("workflows/<int:pk>/resume/", going_live.workflow_resume, name="workflow-resume"),
    path("workflows/<int:pk>/address/", workflows.workflow_address, name="workflow-address"),
    path("workflows/<int:pk>/look/", going_live.workflow_look, name="workflow-look"),
    path("workflows/<int:pk>/old/", backfill.workflow_backfill, name="workflow-backfill"),
    path("workflows/<int:pk>/old/state/", backfill.workflow_backfill_state, name="workflow-backfill-state"),
    path("workflows/<int:pk>/old/start/", backfill.workflow_backfill_start, name="workflow-backfill-start"),
    path("workflows/<int:pk>/old/pause/", backfill.workflow_backfill_pause, name="workflow-backfill-pause"),
    path(
        "workflows/<int:pk>/old/resume/", backfill.workflow_backfill_resume, name="workflow-backfill-resume"
    ),
    path("workflows/<int:pk>/old/here/", backfill.workflow_backfill_here, name="workflow-backfill-here"),
    # what is sent to addresses of the operator's own
    path("deliveries/", deliveries.delivery_list, name="delivery-list"),
    path("deliveries/<int:pk>/again/", deliveries.delivery_again, name="delivery-again"),
    # the explorer
    path("explore/", explorer.explorer, name="explorer"),
    path("explore/<int:pk>/", explorer.explore_connection, name="explore-connection"),
    path("explore/<int:pk>/<str:key>/", explorer.explore_operation, name="explore-operation"),
    path("explore/<int:pk>/<str:key>/try/", explorer.explore_try, name="explore-try"),
    path("explore/-/runs/<int:run>/", explorer.explore_state, name="explore-state"),
    # runs
    path("runs/", runs.run_list, name="run-list"),
    path("runs/<int:pk>/", runs.run_detail, name="run-detail"),
    path("runs/<int:pk>/decide/<int:step>/", runs.run_decide, name="run-decide"),
    path("runs/<int:pk>/held/<int:effect>/", runs.run_held, name="run-held"),
    path("runs/<int:pk>/cancel/", runs.run_cancel, name="run-cancel"),
    path("runs/<int:pk>/replay/", runs.run_replay, name="run-replay"),
    # the sandbox; no app is called “-”, so these never stand in the way of a simulated app's own paths
    path("sandbox/", sandbox.sandbox, name="sandbox"),
    path("sandbox/-/act/<slug:app>/<slug:action>/", sandbox.sandbox_act, name="sandbox-act"),
    path("sandbox/-/faults/<slug:app>/", sandbox.sandbox_fault, name="sandbox-fault"),
    path("sandbox/-/faults/<slug:app>/clear/", sandbox.sandbox_clear_faults, name="sandbox-clear-faults"),
    path("sandbox/-/settings/<slug:app>/", sandbox.sandbox_set, name="sandbox-set"),
    path("sandbox/-/reset/", sandbox.sandbox_reset, name="sandbox-reset"),
    path("sandbox/<slug:app>/<path:path>", simulated.simulated, name="simulated"),
]
