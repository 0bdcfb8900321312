{{/* How the service authenticates at the brokers. Secrets come as files or by reference, never as values. */}}

{{- define "platestream.kafkaSecurity" -}}
{{- $sasl := .Values.kafka.sasl -}}
{{- $tls := .Values.kafka.tls -}}
{{- if or $sasl.enabled $tls.enabled -}}
protocol: {{ ternary "SASL_" "" $sasl.enabled }}{{ ternary "SSL" "PLAINTEXT" $tls.enabled }}
{{- end }}
{{- if $sasl.enabled }}
sasl_mechanism: {{ $sasl.mechanism }}
sasl_password_file: /etc/platestream-sasl/password
{{- end }}
{{- if and $tls.enabled $tls.existingSecret }}
{{- if $tls.caKey }}
ssl_ca_file: /etc/platestream-tls/ca.crt
{{- end }}
{{- if $tls.clientCertificate }}
ssl_certificate_file: /etc/platestream-tls/tls.crt
ssl_key_file: /etc/platestream-tls/tls.key
{{- if $tls.keyPasswordKey }}
ssl_key_password_file: /etc/platestream-tls/key-password
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "platestream.kafkaEnv" -}}
{{- $sasl := .Values.kafka.sasl -}}
{{- if and .Values.kafka.enabled $sasl.enabled -}}
- name: PLATESTREAM_KAFKA__SECURITY__SASL_USERNAME
  valueFrom:
    secretKeyRef:
      name: {{ $sasl.existingSecret }}
      key: {{ $sasl.usernameKey }}
{{- end -}}
{{- end -}}

{{/* The name of a StatefulSet's pod stays the same, and so does its place in the group. */}}
{{- define "platestream.membershipEnv" -}}
{{- if .Values.kafka.staticMembership -}}
- name: PLATESTREAM_KAFKA__GROUP_INSTANCE_ID
  valueFrom:
    fieldRef:
      fieldPath: metadata.name
{{- end -}}
{{- end -}}

{{- define "platestream.kafkaMounts" -}}
{{- $tls := .Values.kafka.tls -}}
{{- if .Values.kafka.enabled -}}
{{- if .Values.kafka.sasl.enabled }}
- name: kafka-sasl
  mountPath: /etc/platestream-sasl
  readOnly: true
{{- end }}
{{- if and $tls.enabled $tls.existingSecret (or $tls.caKey $tls.clientCertificate) }}
- name: kafka-tls
  mountPath: /etc/platestream-tls
  readOnly: true
{{- end }}
{{- end -}}
{{- end -}}

{{- define "platestream.kafkaVolumes" -}}
{{- $sasl := .Values.kafka.sasl -}}
{{- $tls := .Values.kafka.tls -}}
{{- if .Values.kafka.enabled -}}
{{- if $sasl.enabled }}
- name: kafka-sasl
  secret:
    secretName: {{ $sasl.existingSecret }}
    # Readable by the group that fsGroup gives, by nobody else.
    defaultMode: 0440
    items:
      - key: {{ $sasl.passwordKey }}
        path: password
{{- end }}
{{- if and $tls.enabled $tls.existingSecret (or $tls.caKey $tls.clientCertificate) }}
- name: kafka-tls
  secret:
    secretName: {{ $tls.existingSecret }}
    defaultMode: 0440
    items:
      {{- if $tls.caKey }}
      - key: {{ $tls.caKey }}
        path: ca.crt
      {{- end }}
      {{- if $tls.clientCertificate }}
      - key: {{ $tls.certKey }}
        path: tls.crt
      - key: {{ $tls.keyKey }}
        path: tls.key
      {{- with $tls.keyPasswordKey }}
      - key: {{ . }}
        path: key-password
      {{- end }}
      {{- end }}
{{- end }}
{{- end -}}
{{- end -}}
