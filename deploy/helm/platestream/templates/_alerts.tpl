{{/* The default alerts, as a list of rules without the common labels. docs/runbooks/ has a page for each. */}}

{{- define "platestream.ruleSelector" -}}
{{- if .Values.prometheusRule.selector -}}
{{- .Values.prometheusRule.selector -}}
{{- else -}}
{{- printf "namespace=%q,app_kubernetes_io_name=%q,app_kubernetes_io_instance=%q" (include "platestream.namespace" .) (include "platestream.name" .) .Release.Name -}}
{{- end -}}
{{- end -}}

{{/*
By how much a counter rose in ten minutes. increase() sees nothing of what was counted before a replica's first
scrape, so a series of a replica that started within those minutes counts as a whole. It is new if it was not there
ten minutes ago, and its replica if the process started since: after a gap of Prometheus' own neither is so.
*/}}
{{- define "platestream.recent" -}}
{{- $m := printf "%s{%s}" .metric .matchers -}}
((max_over_time({{ $m }}[10m])
  unless max_over_time({{ $m }}[5m] offset 10m)
  and on (pod) (max_over_time(process_start_time_seconds{ {{- .selector -}} }[10m]) > time() - 600))
  or increase({{ $m }}[10m]))
{{- end -}}

{{- define "platestream.alerts" -}}
{{- $s := include "platestream.ruleSelector" . -}}
{{- $t := .Values.prometheusRule.thresholds -}}
{{- $keda := .Values.autoscaling.keda -}}
{{- $config := include "platestream.config" . | fromYaml -}}
{{- $recent := dict "selector" $s -}}
- alert: PlatestreamNoneReady
  {{- /* A life of seconds between back-offs of minutes must not end it: so it asks for a ready one, not for any. */}}
  {{- if and $keda.enabled (eq (int $keda.minReplicaCount) 0) }}
  expr: max(max_over_time(platestream_ready{ {{- $s -}} }[10m])) == 0
  {{- else }}
  expr: (max(platestream_ready{ {{- $s -}} }) or vector(0)) == 0
  {{- end }}
  for: 10m
  labels:
    severity: critical
  annotations:
    summary: No replica of Platestream is ready.
    description: For ten minutes no replica was ready for work, or none could be scraped; nothing is read.
- alert: PlatestreamNotReady
  expr: |-
    max by (pod) (max_over_time(platestream_ready{ {{- $s -}} }[10m])) == 0
    or max by (pod) (max_over_time(up{ {{- $s -}} }[10m])) == 0
  for: 5m
  labels:
    severity: warning
  annotations:
    summary: A replica does not get ready.
    description: {{ `"{{ $labels.pod }} was not ready at any scrape of ten minutes, or answered none; the others carry its share."` }}
- alert: PlatestreamRestarting
  expr: sum by (pod) (changes(process_start_time_seconds{ {{- $s -}} }[30m])) > {{ $t.restarts }}
  for: 1m
  labels:
    severity: critical
  annotations:
    summary: A replica ends and starts again.
    description: {{ `"{{ $labels.pod }} started again {{ $value }} times in 30 minutes. Its last line of log says why: the dead-letter limit, a fenced transaction, brokers away; if it says nothing, look for no memory."` }}
- alert: PlatestreamGaveUp
  expr: sum by (pod) (max_over_time(platestream_exits_total{ {{- $s -}} ,reason="failed"}[10m])) > 0
  for: 0m
  labels:
    severity: warning
  annotations:
    summary: A replica gave up.
    description: {{ `"{{ $labels.pod }} ended by an error that no retry mends, and is started again. Its last line of log says which."` }}
{{ if .Values.kafka.enabled -}}
- alert: PlatestreamBehind
  expr: max(platestream_time_behind_seconds{ {{- $s -}} }) > {{ $t.timeBehindSeconds | int64 }}
  for: 5m
  labels:
    severity: warning
  annotations:
    summary: Frames wait for too long.
    description: {{ `"The oldest frame that is not read has waited {{ $value | humanizeDuration }}: add replicas (up to the number of partitions) or faster ones."` }}
- alert: PlatestreamStalled
  expr: |-
    sum(platestream_consumer_lag{ {{- $s -}} }) > 0
    and sum(increase(platestream_frames_processed_total{ {{- $s -}} }[10m])) == 0
  for: 5m
  labels:
    severity: critical
  annotations:
    summary: Frames wait and not one is read.
    description: {{ `"{{ $value }} frames wait, and none was finished in more than ten minutes."` }}
- alert: PlatestreamFramesSkipped
  expr: sum by (reason) ({{ include "platestream.recent" (merge (dict "metric" "platestream_frames_skipped_total" "matchers" $s) $recent) | nindent 4 | trim }}) > 0
  for: 0m
  labels:
    severity: critical
  annotations:
    summary: Frames were passed over unread.
    description: {{ `"About {{ $value | humanize }} frames can no longer be read ({{ $labels.reason }}); the log has the partitions and offsets."` }}
- alert: PlatestreamPositionReset
  expr: sum by (reason) ({{ include "platestream.recent" (merge (dict "metric" "platestream_position_resets_total" "matchers" $s) $recent) | nindent 4 | trim }}) > 0
  for: 0m
  labels:
    severity: warning
  annotations:
    summary: Reading went on from another place than the committed one.
    description: {{ `"{{ $value | humanize }} partitions went on from another offset ({{ $labels.reason }}), with or without frames passed over; the log has the ranges (position_reset)."` }}
- alert: PlatestreamCameraSettingsRefused
  expr: max by (source) (platestream_camera_refused_entries{ {{- $s -}} }) > 0
  for: 5m
  labels:
    severity: warning
  annotations:
    summary: The newest settings of cameras are wrong, and older ones at work.
    description: {{ `"{{ $value }} of the newest camera settings of the {{ $labels.source }} are refused; the log names camera and key (camera_settings_refused)."` }}
- alert: PlatestreamCamerasSilent
  expr: sum(platestream_silent_cameras{ {{- $s -}} }) > 0
  for: 1m
  labels:
    severity: warning
  annotations:
    summary: Cameras that sent frames send none.
    description: {{ `"{{ $value }} cameras have been silent for longer than telemetry.camera_silence_seconds; the log names them (camera_silent)."` }}
- alert: PlatestreamModelRefused
  expr: sum(platestream_model_refused{ {{- $s -}} }) > 0
  for: 1m
  labels:
    severity: warning
  annotations:
    summary: A new model bundle was refused or rolled back, and the one before is at work.
    description: {{ `"{{ $value }} replicas do not use the bundle that vision.bundle names; their log says why (model_refused, model_rolled_back)."` }}
- alert: PlatestreamLagUnknown
  expr: sum by (pod) (platestream_lag_unknown_partitions{ {{- $s -}} }) > 0
  for: 5m
  labels:
    severity: warning
  annotations:
    summary: The lag of partitions is not known.
    description: {{ `"{{ $labels.pod }} cannot learn where {{ $value }} of its partitions end, so PlatestreamBehind does not see them; its log says why (lag_unknown)."` }}
- alert: PlatestreamNothingAssigned
  expr: sum(max_over_time(platestream_assigned_partitions{ {{- $s -}} }[5m])) == 0
  for: 5m
  labels:
    severity: critical
  annotations:
    summary: No replica has a partition of the frames topic.
    description: The brokers are away, or the topic is gone; nothing is read, and no lag is known. The readiness of the replicas says which.
- alert: PlatestreamPollStalled
  expr: |-
    (time() - platestream_last_poll_timestamp_seconds{ {{- $s -}} }) > {{ $t.pollStalledSeconds }}
    and platestream_last_poll_timestamp_seconds{ {{- $s -}} } > 0
  for: 1m
  labels:
    severity: critical
  annotations:
    summary: A consumer no longer polls.
    description: {{ `"{{ $labels.pod }} last polled {{ $value | humanizeDuration }} ago; beyond max.poll.interval.ms its partitions go to others and its frames are read again."` }}
- alert: PlatestreamPaused
  expr: |-
    min by (pod) (min_over_time(platestream_consumer_paused{ {{- $s -}} }[5m])) == 1
    and sum by (pod) (increase(platestream_frames_processed_total{ {{- $s -}} }[5m])) == 0
  for: 5m
  labels:
    severity: warning
  annotations:
    summary: Back-pressure never lets go.
    description: {{ `"{{ $labels.pod }} has been paused at every scrape of five minutes and finished no frame: publishing or inference stands still."` }}
- alert: PlatestreamFailedFrames
  {{- $failed := include "platestream.recent" (merge (dict "metric" "platestream_frames_processed_total" "matchers" (printf "%s,outcome=%q" $s "failed")) $recent) | nindent 4 | trim }}
  expr: |-
    sum({{ $failed }})
    / sum({{ include "platestream.recent" (merge (dict "metric" "platestream_frames_processed_total" "matchers" $s) $recent) | nindent 4 | trim }}) > {{ $t.failedRatio }}
    and sum({{ $failed }}) >= {{ $t.leastFailures | int64 }}
  for: 2m
  labels:
    severity: warning
  annotations:
    summary: Too many frames cannot be read.
    description: {{ `"{{ $value | humanizePercentage }} of the frames fail; platestream_frame_failures_total says with which error codes."` }}
- alert: PlatestreamFetchesFailing
  {{- $unfetched := include "platestream.recent" (merge (dict "metric" "platestream_fetches_total" "matchers" (printf "%s,outcome!=%q" $s "ok")) $recent) | nindent 4 | trim }}
  expr: |-
    sum({{ $unfetched }})
    / sum({{ include "platestream.recent" (merge (dict "metric" "platestream_fetches_total" "matchers" $s) $recent) | nindent 4 | trim }}) > {{ $t.fetchFailedRatio }}
    and sum({{ $unfetched }}) >= {{ $t.leastFailures | int64 }}
  for: 5m
  labels:
    severity: warning
  annotations:
    summary: Too many pictures cannot be fetched.
    description: {{ `"{{ $value | humanizePercentage }} of the fetches by URL fail; the label outcome of platestream_fetches_total says how."` }}
- alert: PlatestreamPublishFailing
  expr: sum by (topic) ({{ include "platestream.recent" (merge (dict "metric" "platestream_records_published_total" "matchers" (printf "%s,status=%q" $s "failed")) $recent) | nindent 4 | trim }}) > 0
  for: 0m
  labels:
    severity: critical
  annotations:
    summary: Records are refused by the brokers.
    description: {{ `"Records for topic {{ $labels.topic }} could not be delivered; their offsets are not committed."` }}
- alert: PlatestreamCommitFailing
  expr: sum({{ include "platestream.recent" (merge (dict "metric" "platestream_commits_total" "matchers" (printf "%s,status=%q" $s "failed")) $recent) | nindent 4 | trim }}) > 3
  for: 2m
  labels:
    severity: warning
  annotations:
    summary: Offsets cannot be committed.
    description: Frames already read will be read again after a restart or a rebalance.
- alert: PlatestreamRebalancing
  {{- /* A rolling update is over before this fires: the unrest has to go on. */}}
  expr: sum by (pod) (increase(platestream_rebalances_total{ {{- $s -}} ,event="assign"}[5m])) > {{ $t.rebalances }}
  for: 20m
  labels:
    severity: warning
  annotations:
    summary: The consumer group does not settle.
    description: {{ `"For 20 minutes {{ $labels.pod }} has been assigned partitions again and again, {{ $value | humanize }} times in the last five; look for restarts and for scaling up and down."` }}
- alert: PlatestreamSlow
  expr: |-
    histogram_quantile(0.99, sum by (le) (rate(platestream_end_to_end_latency_seconds_bucket{ {{- $s -}} }[5m]))) > {{ $t.endToEndSeconds }}
  for: 10m
  labels:
    severity: warning
  annotations:
    summary: Plates come late.
    description: {{ `"One frame in a hundred takes more than {{ $value | humanizeDuration }} from capture to acknowledgement."` }}
- alert: PlatestreamNoPlates
  expr: |-
    (sum(increase(platestream_plates_total{ {{- $s -}} }[15m])) or vector(0)) == 0
    and sum(increase(platestream_frames_processed_total{ {{- $s -}} }[15m])) > {{ $t.framesWithoutPlate | int64 }}
  for: 5m
  labels:
    severity: warning
  annotations:
    summary: Frames flow, plates do not.
    description: Not one plate in 15 minutes; a camera may look elsewhere, or the models fit it badly.
- alert: PlatestreamDeadLetterLimit
  expr: |-
    sum by (pod) (rate(platestream_frame_failures_total{ {{- $s -}} ,error_code=~"AIS[.]0105"}[10m]))
    / sum by (pod) (rate(platestream_frames_processed_total{ {{- $s -}} }[10m])) > {{ divf $config.kafka.dead_letters.max_own_ratio 2 }}
  for: 2m
  labels:
    severity: critical
  annotations:
    summary: Frames fail for what no camera causes.
    description: {{ `"{{ $value | humanizePercentage }} of the frames of {{ $labels.pod }}: half of the limit at which it stops rather than dead-letter them, or more."` }}
- alert: PlatestreamWaiting
  expr: sum by (pod) (platestream_partitions_waiting{ {{- $s -}} }) > 0
  for: 2m
  labels:
    severity: warning
  annotations:
    summary: Frames wait for a picture host or for the schema registry.
    description: {{ `"{{ $value }} partitions of {{ $labels.pod }} stand still; after kafka.retries.budget_seconds their frames fail."` }}
{{ if .Values.registry.url -}}
- alert: PlatestreamRegistryFailing
  expr: sum by (outcome) ({{ include "platestream.recent" (merge (dict "metric" "platestream_registry_requests_total" "matchers" (printf "%s,outcome=~%q" $s "unavailable|refused")) $recent) | nindent 4 | trim }}) > 3
  for: 2m
  labels:
    severity: warning
  annotations:
    summary: The schema registry does not serve.
    description: {{ `"{{ $value | humanize }} requests to the schema registry were {{ $labels.outcome }} in ten minutes; frames with schemas not yet known wait for it."` }}
{{ end -}}
{{ if ne $config.kafka.guarantee "at_least_once" -}}
- alert: PlatestreamTransactionsAborted
  expr: |-
    sum(rate(platestream_transactions_total{ {{- $s -}} ,outcome="aborted"}[10m]))
    / sum(rate(platestream_transactions_total{ {{- $s -}} }[10m])) > {{ $t.abortedRatio }}
    and sum(increase(platestream_transactions_total{ {{- $s -}} ,outcome="aborted"}[10m])) >= {{ $t.leastFailures | int64 }}
  for: 5m
  labels:
    severity: warning
  annotations:
    summary: Too many transactions are aborted.
    description: {{ `"{{ $value | humanizePercentage }} of the transactions are aborted and their frames sent again: look at the brokers and at rebalances."` }}
- alert: PlatestreamTransactionsFenced
  expr: sum by (pod, outcome) (max_over_time(platestream_transactions_total{ {{- $s -}} ,outcome=~"fenced|fatal"}[10m])) > 0
  for: 0m
  labels:
    severity: critical
  annotations:
    summary: The brokers shut a replica out of its transactions.
    description: {{ `"{{ $labels.pod }} ({{ $labels.outcome }}): another producer has its kafka.transactional_id, it stood still for too long, or it may not use that name."` }}
{{ end -}}
{{ end -}}
{{ if .Values.web.enabled -}}
- alert: PlatestreamHttpErrors
  {{- $broken := include "platestream.recent" (merge (dict "metric" "platestream_http_requests_total" "matchers" (printf "%s,code=~%q" $s "5..")) $recent) | nindent 4 | trim }}
  expr: |-
    sum({{ $broken }})
    / sum({{ include "platestream.recent" (merge (dict "metric" "platestream_http_requests_total" "matchers" $s) $recent) | nindent 4 | trim }}) > {{ $t.httpErrorRatio }}
    and sum({{ $broken }}) >= {{ $t.leastFailures | int64 }}
  for: 2m
  labels:
    severity: warning
  annotations:
    summary: Too many HTTP requests end in a server error.
    description: {{ `"{{ $value | humanizePercentage }} of the requests get 5xx; the label error_code of platestream_http_requests_total says which."` }}
- alert: PlatestreamHttpSlow
  expr: |-
    histogram_quantile(0.99, sum by (le) (rate(platestream_http_request_duration_seconds_bucket{ {{- $s -}} }[5m]))) > {{ $t.httpSeconds }}
  for: 10m
  labels:
    severity: warning
  annotations:
    summary: HTTP requests are answered late.
    description: {{ `"One request in a hundred takes more than {{ $value | humanizeDuration }}."` }}
{{ end -}}
{{ if .Values.gpu.enabled -}}
- alert: PlatestreamNotOnGpu
  expr: platestream_model_info{ {{- $s -}} ,provider="CPUExecutionProvider"} == 1
  for: 5m
  labels:
    severity: warning
  annotations:
    summary: A GPU replica infers on the CPU.
    description: {{ `"{{ $labels.pod }} holds a GPU that it does not use."` }}
{{- end }}
{{- end -}}
